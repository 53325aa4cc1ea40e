"""Formulas that hidden suites compare with are those of the programs that handouts name.

Catches: a formula of scikit-learn's that is written down wrong, in the suite and in the solution alike.
"""

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfTransformer

from solutions.embeddings.documents import tf_idf


@pytest.mark.parametrize("smooth", [True, False])
def test_tf_idf_is_that_of_scikit_learn(smooth):
    counts = np.random.default_rng(1972).poisson(0.7, (9, 5)).astype(float)
    counts[3] = 0
    expected = TfidfTransformer(smooth_idf=smooth).fit_transform(counts).toarray()
    np.testing.assert_allclose(tf_idf(counts, smooth=smooth), expected, rtol=1e-12)
