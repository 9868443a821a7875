"""The training program that burgee's trainers start. Needs the standard library and torch, and nothing else."""
