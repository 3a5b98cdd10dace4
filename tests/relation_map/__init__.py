"""The relation map as people meet it: in the server, in the bundle, and in a real browser."""
