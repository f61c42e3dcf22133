"""Refunds, costs, invoices on demand, risk settlements and time bills, each on a running matter."""
