"""The core that decides (`state`, `step`) and the shell that listens and acts (`loop`)."""
