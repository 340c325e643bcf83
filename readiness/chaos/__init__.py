"""The whole bot against the simulated exchange in one process, under virtual time, with faults."""
