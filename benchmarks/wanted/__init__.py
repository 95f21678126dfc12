"""What people want of linnet, wish by wish: the command that they type, and whether it came out."""
