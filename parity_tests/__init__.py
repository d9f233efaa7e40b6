"""The proof: the engine that checks a candidate, and the suite. Torch is imported only by need."""

from parity_tests.checking import check as check
from parity_tests.report import Finding as Finding
from parity_tests.report import Report as Report
