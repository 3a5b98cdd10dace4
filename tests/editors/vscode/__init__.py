"""VS Code itself, served from npm and shown by a Chromium without a window."""
