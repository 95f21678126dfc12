"""How fast linnet is: its steps, streams, frames, start and training, beside others that do the same work."""
