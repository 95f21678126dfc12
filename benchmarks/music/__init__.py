"""What the music is like: how often it gets stuck, whether wishes arrive, what a recipe is worth."""
