"""What is wrong with a file, line by line."""

from mpl_export.rules.problems import Problem, RulesError


def test_a_refusal_holds_every_problem_and_tells_all() -> None:
    """Nobody wants to put a file five times."""
    problems = [Problem(2, "lacks 'team'"), Problem(7, "is no text")]
    error = RulesError(problems)

    assert error.problems == tuple(problems)
    assert str(error) == "line 2: lacks 'team'; line 7: is no text"


def test_problems_are_in_the_order_of_their_lines() -> None:
    """As people go through the file; line 10 comes after line 9."""
    problems = [Problem(10, "a"), Problem(9, "b"), Problem(9, "a")]

    assert sorted(problems) == [Problem(9, "a"), Problem(9, "b"), Problem(10, "a")]
