"""Backup: encrypted copies elsewhere, and the way back.

`cycle.run` makes one backup, `restore.restore` brings a whole archive back and checks
every hash, `drill.drill` tries that on a sample by itself once a month.  The work of
chunking, encrypting and moving is restic's.
"""
