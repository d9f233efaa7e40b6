"""The explanation: which known mistake gives the numbers of a wrong tensor."""
