"""How long machines may take, in one place, because each of these times leans on the others. All are real time.

A request lasts at most `SUBMIT_DEADLINE` from the decision to the send plus the adapter's total of 15 seconds, so
`SUBMIT_LEASE` is longer than both together, and `HORIZON` is longer than any pause and any lag of a provider's list.
"""

from lib.haste import duration, seconds

# A reserved attempt waits for a worker: longer than any healthy queue, shorter than anyone's patience.
CLAIM_LEASE = duration(60)
# A reserved attempt nobody has begun with by then is handed out once more: its message may be lost.
HAND_OUT_AGAIN_AFTER = duration(5)
# From deciding to sending. A process that was paused for longer does not send.
SUBMIT_DEADLINE_SECONDS = seconds(5)
# A submitting attempt without an answer counts as unknown: the deadline, the request's time-out, a margin.
SUBMIT_LEASE = duration(40)
# From the answer to the first look-up of an attempt nobody knows about, and between two look-ups.
LOOKUP_INTERVAL = duration(15)
# An accepted call may go on for this long before its result is asked for.
CALL_LEASE = duration(5 * 60)
# A provider that lists calls by our reference, and does not list this one, proves by now that it never was. The
# deadline and time-out of a request leave nine minutes for a process that stood still and for the list's lag.
HORIZON = duration(10 * 60)
# What nobody could find out becomes a person's question.
GIVE_UP_AFTER = duration(30 * 60)
# An accepted call without a result is certainly over.
LONGEST_CALL = duration(2 * 60 * 60)
# A webhook about an attempt that is not known yet: until it is tried again, and until it is left to a person.
INBOX_RETRY = duration(2)
INBOX_GIVE_UP_AFTER = duration(10 * 60)
# A conversation is being read by an analyzer.
VERIFY_LEASE = duration(60)
