# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # One layer, backward
#
# An exercise for nbgrader. `jupytext --to ipynb nbgrader_exercise.py` makes the notebook; nbgrader
# hides the solution, and takes the number in the last cell's output as the points, of 10.

# %%
from parity_tests import check_functions


# %% nbgrader={"grade": false, "grade_id": "linear_backward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def linear_backward(dZ, cache):
    """Return dA_prev, dW and db of one layer."""
    A_prev, W, _ = cache
    m = A_prev.shape[1]
    ### BEGIN SOLUTION
    dW = dZ @ A_prev.T / m
    db = dZ.sum(axis=1, keepdims=True) / m
    dA_prev = W.T @ dZ
    ### END SOLUTION
    return dA_prev, dW, db


# %% nbgrader={"grade": true, "grade_id": "linear_backward_is_right", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
report = check_functions(linear_backward, hints="where")
print(report)
10 * report.score
