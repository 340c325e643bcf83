"""v2 and v3 on the same tape: what each did, and whether every difference is an intended one."""
