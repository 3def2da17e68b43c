"""Real parts for tests: SIPp, two softphones, the served centre, and the sounds that they say."""
