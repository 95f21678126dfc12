"""Measurements that anyone can repeat, side by side with peers where there are any."""
