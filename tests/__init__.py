"""The tests of Referee; the folders mirror the layers of `server/referee`."""
