"""Tests of the shape of the code base itself: who may import whom, and what is shipped."""
