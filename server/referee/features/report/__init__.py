"""What a check found, written for people and for programs.

Every format is a pure function from a report to a string; where it goes is not known here.
"""
