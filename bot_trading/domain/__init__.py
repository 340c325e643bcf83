"""The words every room shares: values without behaviour that needs a clock, a socket or a disk."""
