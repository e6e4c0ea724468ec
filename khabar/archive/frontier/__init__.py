"""What is to be fetched and when: the ledger of addresses, what is due, documents, revisits,
backfills, hosts.
"""
