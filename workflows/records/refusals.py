"""What the contract's, the fees' and the matter's forms say when they refuse an entry.

Each is a form error's code and its English sentence in one; the Chinese stands in ``slice_contract.po``. The fields in
braces are the error's params.
"""

from __future__ import annotations

CLAUSE_MISSING = "The statutory clause “{clause}” is missing. Basis: {basis}"
BANNED_WORD = "“{word}” may not stand in a contract: {instead}. Basis: {basis}"
SPECIAL_POWER = "These powers need special authority: {powers}. Basis: {basis}"
NO_SPECIAL_POWER = "Special authority must list at least one power that needs it. Basis: {basis}"
TOO_MANY_AGENTS = "At most {limit} agents may act for a party; name the others as assistants. Basis: {basis}"
RISK_FEE_BANNED = "A risk agency is forbidden in this matter: {categories}. Basis: {basis}"
RISK_FEE_OVER_CAP = "The fees of all stages come to {total}, {over} above the cap of {cap}. Calculation: {steps}. Basis: {basis}"
PERCENTAGE_BANNED = "A percentage of the amount in dispute may not be charged in this matter. Basis: {basis}"
SCHEDULE_DIFFERS = "The schedule adds up to {planned}, the fee is {total}: they differ by {difference}."
FEE_BLOCKED = "The law allows no exception here: {reason}. Return the contract."
CLAUSES_UNJUDGED = "Judge every clause; still open: {clauses}."
SPECIAL_UNCONFIRMED = "Please tick that you grant the special powers of this contract."
RISK_UNCONFIRMED = "Please tick that you have read the risk agency notice."
BLANK = "“{word}” is a blank that was never filled in."
TELLS_TOO_MUCH = "“{word}” may not stand in a letter to somebody whose matter is declined. Basis: {basis}"
NAMES_ANOTHER = "The letter names somebody whom the client does not know of; leave the name out."
WRONG_VARIANT = "This text does not fit the reason for declining."
ORIGINALS_OPEN = "Please return the originals and tick this first."
RECEIPT_ABOVE_OPEN = "Only {open} is open on this item."
DATE_IN_FUTURE = "This day has not come yet."
DATE_NOT_IN_FUTURE = "Please choose a day after today."
INVOICE_DIGITAL_NUMBER = "A digital invoice has a number of 20 digits."
INVOICE_CODE = "An invoice code has 10 or 12 digits."
INVOICE_OLD_NUMBER = "The number of an invoice with a code has 8 digits."
INVOICE_NUMBER_USED = "The invoice {number} was entered before."
INVOICE_ABOVE_RECEIPT = "Only {open} was received and not yet invoiced."
CLIENT_FILE_INCOMPLETE = "{count} of the five sets are still missing."
PERSON_CHOSEN_TWICE = "{name} already has a part in this team."
