"""Models and data of other papers, trained on request, and which difference of theirs matters."""
