"""What `tools/devices` does; it is started by that script."""
