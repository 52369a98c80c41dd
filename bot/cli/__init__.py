"""The commands of `maeum`, and the composition root they share."""
