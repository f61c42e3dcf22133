"""What the forms from the assessment to the survey say when they refuse an entry.

Each is a form error's code and its English sentence in one; the Chinese stands in ``slice_assessment.po``. The fields
in braces are the error's params.
"""

from __future__ import annotations

REGISTRY_TOO_OLD = "Look it up again: the extract may be at most {days} days old."
NOT_YET = "This moment has not come yet."
RANGE_REVERSED = "The upper figure is below the lower one."
WITNESS_IS_READER = "The witness must be somebody else than the reader."
PROMISE = {
    "outcome": "“{words}” promises an outcome. Say what is aimed at and what it depends on.",
    "connections": "“{words}” hints at connections. It may not be said or written.",
    "refund": "“{words}” makes the fee hang on the outcome. Such terms belong into a risk-fee contract, if at all.",
}
NOT_URGENT = "This is not urgent: the period must end within {hours} hours from now. Take the ordinary way."
