"""What the forms of confirmations, documents, options and updates say when they refuse an entry.

Each is a form error's code and its English sentence in one; the Chinese stands in ``client_service.po``. The fields in
braces are the error's params.
"""

from __future__ import annotations

OTHER_ACT = "This is about “{act}”; the client must sign for exactly that."
ACTED_ALREADY = "It was done already; the client is asked to ratify it."
NEEDS_SIGNATURE = "“{act}” may not go on without the client's signature. Basis: {basis}"
OPTIONS_TOO_FEW = "Compare at least two options; one of them is to do nothing."
OPTION_UNKNOWN = "There is no such option."
NOTHING_CHOSEN = "Please choose at least one document."
MASKED_MISSING = "Please add the copy in which the protected parts are hidden."
PLACE_MISSING = "Please say where and when the client can read it."
WITNESS_IS_LAWYER = "The witness must be somebody else than the lawyer."
UNLAWFUL_CHOICE = "An unlawful choice is not followed."
CLASS_FORBIDS = "The class of these documents does not allow it."
