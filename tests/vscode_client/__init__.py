"""Tests of what the extension for VS Code is made of, without an editor."""
