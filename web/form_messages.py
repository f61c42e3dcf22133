"""The sentences of form errors, by their codes; the Chinese stands in ``errors.po``.

The engine's own codes come first, then those of the firm's checks and completions. A code that is no key here is itself a
sentence, translated as it is.
"""

from __future__ import annotations

MESSAGES = {
    "required": "Please fill this in.",
    "min": "At least {least}.",
    "max": "At most {most}.",
    "increment": "Only multiples of {step}.",
    "minLength": "At least {least} characters; these are {length}.",
    "maxLength": "At most {most} characters; these are {length}.",
    "pattern": "This does not have the right form.",
    "option": "Please choose one of the options.",
    "nan": "Please enter a number.",
    "decimals": "At most {most} decimal places.",
    "not_a_date": "This is not a date.",
    "too_early": "Not before {least}.",
    "too_late": "Not after {most}.",
    "email": "This is not an e-mail address.",
    "phone": "This is not a telephone number.",
    "text": "Please enter text.",
    "control": "There are characters that cannot be stored.",
    "file": "This file is not known.",
    "one_file": "Only one file can be given here.",
    "drawing": "The drawn signature cannot be read. Please draw it again or type your name.",
    "drawing_too_large": "The drawn signature is larger than {most} KB. Please draw it again or type your name.",
    "min_rows": "At least {least} rows.",
    "max_rows": "At most {most} rows.",
    "cn_id_number": "This is not a valid identity number: its check digit or birth date is wrong.",
    "uscc": "This is not a valid unified social credit code: its check digit is wrong.",
    "cn_mobile": "This is not a valid mobile number.",
    "paid_referral": "A lawyer may not pay for a referral (Lawyers Law, Article 26).",
}
