"""The words of a verdict, and the exit code of each; `report.Report.verdict` decides.

- passed: a gradient of a parameter was compared, or, where everything in a file was, a backward
  function; of a file that has update rules alone, those; and all is within its bound;
- failed: there are findings;
- not judged: no such thing was compared, or rounding alone could explain any value, or another
  arithmetic than the declared one does;
- mistaken call: the candidate could not be called as was guessed; this is not a finding.

Other exit codes are those of `ref_numpy.terminal`: 3 for a failure of ours, 130 for Ctrl-C.
"""

from __future__ import annotations

PASSED, FAILED = "passed", "failed"
NOT_JUDGED, MISTAKEN_CALL = "not judged", "mistaken call"

EXIT_CODES = {PASSED: 0, FAILED: 1, NOT_JUDGED: 2, MISTAKEN_CALL: 2}
BAD_INPUT = 2
