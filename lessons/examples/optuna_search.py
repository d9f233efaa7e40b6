"""A search with Optuna (pip install optuna): python lessons/examples/optuna_search.py [TRIALS]"""

import sys

import optuna

from train import main

FIT = ["fit", "--data=TwoMoons", "--trainer.max_epochs=20", "--trainer.enable_progress_bar=false"]


def val_cost(trial):
    """The validation cost of a training with this trial's options; the test has no part in it."""
    rate = trial.suggest_float("learning_rate", 1e-4, 1e-1, log=True)
    units = trial.suggest_int("hidden_units", 4, 64, log=True)
    try:
        result = main([*FIT, f"--model.learning_rate={rate}", f"--model.hidden_units=[{units}]"])
    except SystemExit as refused:  # such as a cost that is no longer finite
        raise optuna.TrialPruned from refused
    trial.set_user_attr("folder", str(result.folder))
    return result["val_cost"]


study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=0))
study.optimize(val_cost, n_trials=int(sys.argv[1]) if sys.argv[1:] else 20)
print(
    f"best: {study.best_value:.4f} {study.best_params} in {study.best_trial.user_attrs['folder']}"
)
