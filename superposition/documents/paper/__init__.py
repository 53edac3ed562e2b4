"""The paper: findings, answers to the post, method, results and discussion, in sentences chosen by the data."""
