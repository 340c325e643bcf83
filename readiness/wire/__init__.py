"""The wire judge: bots as they are started by their users, judged by what they send."""
