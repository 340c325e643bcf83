"""The verifier: is this system fit to trade real money, and what is the evidence?"""
