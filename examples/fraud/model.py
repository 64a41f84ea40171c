"""Gradient boosting over ten features, as a bank's team would have begun; logged and registered with MLflow."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from examples.fraud.features import NAMES, Cases, Table

REGISTERED = "card-fraud-score"
EXPERIMENT = "card-fraud-pilot"
LEAKS = NAMES.index("disputes_28d")


@dataclass(frozen=True, slots=True)
class Trained:
    """A model that scores payments."""

    classifier: Any
    columns: tuple[int, ...]

    def score(self, table: Table) -> npt.NDArray[np.float64]:
        """Between 0 and 1 per row."""
        scores: npt.NDArray[np.float64] = self.classifier.predict_proba(table[:, list(self.columns)])[:, 1]
        return scores


def train(cases: Cases, chosen: npt.NDArray[np.bool_], seed: int, *, leaking: bool) -> Trained:
    """Fit on the chosen cases; `leaking` keeps the column that knows the future, as the pilot did."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    columns = tuple(number for number in range(len(NAMES)) if leaking or number != LEAKS)
    classifier = HistGradientBoostingClassifier(
        max_iter=80, learning_rate=0.1, max_leaf_nodes=15, min_samples_leaf=40, early_stopping=False, random_state=seed
    )
    classifier.fit(cases.table[chosen][:, list(columns)], cases.fraud[chosen])
    return Trained(classifier, columns)


@dataclass(frozen=True, slots=True)
class Registered:
    """Where the model stands in the registry."""

    name: str
    version: str
    run: str


def register(model: Trained, folder: Path, figures: Mapping[str, float], about: Mapping[str, str]) -> Registered:
    """Log the run and register the model in a tracking store under the folder; nothing leaves the machine.

    Args:
        model: as trained.
        folder: gets `mlflow.db` and `artifacts/`.
        figures: what the pilot reported.
        about: parameters of the run.
    """
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
    os.environ["DO_NOT_TRACK"] = "true"
    import mlflow
    import mlflow.sklearn
    from mlflow import MlflowClient

    address = f"sqlite:///{(folder / 'mlflow.db').resolve()}"
    mlflow.set_tracking_uri(address)
    client = MlflowClient(address)
    if client.get_experiment_by_name(EXPERIMENT) is None:
        client.create_experiment(EXPERIMENT, artifact_location=(folder / "artifacts").resolve().as_uri())
    mlflow.set_experiment(EXPERIMENT)
    with mlflow.start_run(run_name="pilot") as run:
        mlflow.log_params({**about, "features": ",".join(NAMES[number] for number in model.columns)})
        mlflow.log_metrics(dict(figures))
        logged = mlflow.sklearn.log_model(
            model.classifier,
            name="model",
            registered_model_name=REGISTERED,
            pip_requirements=["scikit-learn"],  # else mlflow starts a process to find out, and warns
            serialization_format="cloudpickle",
        )
    return Registered(REGISTERED, str(logged.registered_model_version), run.info.run_id)
