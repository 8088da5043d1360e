"""Nobody can find out by a clock who has an account.

Each step is tried 200 times for addresses that have an account and 200 times for addresses that have none, in a random
order, and the two lists of times are compared by rank (Mann-Whitney U): a machine that is busy now and then, or slow all
along, moves both alike. A difference counts when it shows in three runs, each on its own at p ≤ 0.01; by chance that
happens once in a million. The text is compared each time.

Medians less than a tenth of a millisecond apart do not count: on a quiet machine, with no network between, 200 tries show
one written row, but nobody gets more than ten tries a minute at an address, nor a network that is as steady.

Two steps of the API are left out, because their answers tell whether there is an account by the contract, to the holder of
a secret API key: POST /user_management/magic_auth makes the account, and POST /user_management/password_reset is 404. Their
counterparts on the hosted pages, which anybody can call, are here.
"""

from __future__ import annotations

import math
import random
import re
import time
from contextlib import contextmanager

import pytest
from vestibule import GOOD_PASSWORD, unique, unique_email
from visitor import Visitor

TRIES = 200
RUNS = 3
USABLE = 0.01
VISIBLE_MS = 0.1
WRONG_PASSWORD = "Not-The-Password-55"


def mann_whitney(one: list[float], other: list[float]) -> float:
    """The two-sided p of the U test, by its normal approximation with the correction for ties."""
    n, m = len(one), len(other)
    merged = sorted([(value, 0) for value in one] + [(value, 1) for value in other])
    rank_sum, ties, at = 0.0, 0.0, 0
    while at < len(merged):
        end = at
        while end < len(merged) and merged[end][0] == merged[at][0]:
            end += 1
        rank = (at + 1 + end) / 2
        rank_sum += rank * sum(1 for _, group in merged[at:end] if group == 0)
        ties += (end - at) ** 3 - (end - at)
        at = end
    u = rank_sum - n * (n + 1) / 2
    total = n + m
    spread = math.sqrt(n * m / 12 * (total + 1 - ties / (total * (total - 1))))
    return math.erfc(abs(u - n * m / 2) / spread / math.sqrt(2)) if spread else 1.0


def test_the_test_sees_a_difference_and_does_not_see_one_where_there_is_none():
    chance = random.Random(7)
    noise = lambda shift: [chance.gauss(10 + shift, 2) for _ in range(TRIES)]  # noqa: E731
    assert mann_whitney(noise(0), noise(1)) < 0.0001
    assert mann_whitney(noise(0), noise(0)) > 0.01
    # By hand: U = 2 of 25, two ties of two, spread √(25/12 · (11 − 12/90)) = 4.758, so z = 2.207.
    assert round(mann_whitney([1, 2, 3, 4, 5], [4, 5, 6, 7, 8]), 4) == 0.0273


@pytest.fixture(scope="module")
def raised(server):
    server.raise_limits()
    return server


@pytest.fixture(scope="module")
def people(raised):
    """Those who have an account."""
    bodies = [{"email": unique_email("known"), "email_verified": True} for _ in range(TRIES)]
    for body in bodies:
        made = raised.request("POST", "/user_management/users", body)
        assert made.status_code == 201, made.text
    with_password = raised.request("PUT", f"/user_management/users/{made.json()['id']}", {"password": GOOD_PASSWORD})
    assert with_password.status_code == 200
    return [body["email"] for body in bodies]


def compare(step, known, prepare=lambda email: None):
    """Fails when the step takes another time for those who have an account, in each of three runs."""
    seen = []
    for _ in range(RUNS):
        tries = [(email, True) for email in known()] + [(unique_email("unknown"), False) for _ in range(TRIES)]
        random.shuffle(tries)
        times: dict[bool, list[float]] = {True: [], False: []}
        answers: dict[bool, set[str]] = {True: set(), False: set()}
        for email, exists in tries:
            prepare(email)
            began = time.perf_counter()
            answer = step(email)
            times[exists].append(time.perf_counter() - began)
            answers[exists].add(answer.replace(email, "EMAIL"))
        assert len(answers[True] | answers[False]) == 1, answers
        p = mann_whitney(times[True], times[False])
        one, other = (sorted(times[it])[TRIES // 2] * 1000 for it in (True, False))
        seen.append((p, one, other))
        if p > USABLE or abs(one - other) < VISIBLE_MS:
            return
    told = "; ".join(f"p = {p:.2g}, medians {one:.2f} and {other:.2f} ms" for p, one, other in seen)
    raise AssertionError(f"the time tells who has an account: {told}")


def grant(server, **fields):
    body = {"client_id": server.client_id, "client_secret": server.api_key, **fields}
    response = server.request("POST", "/user_management/authenticate", body, key=None)
    return f"{response.status_code} {response.text}"


def test_a_wrong_password(raised, people):
    """One account that has a password, as often as all the others together."""
    compare(lambda email: grant(raised, grant_type="password", email=email, password=WRONG_PASSWORD), lambda: [people[-1]] * TRIES)


def test_a_wrong_code(raised, people):
    """Everybody who has an account has been sent a code, and tries another."""
    for email in people:
        assert raised.request("POST", "/user_management/magic_auth", {"email": email}).status_code == 201
    kind = "urn:workos:oauth:grant-type:magic-auth:code"
    compare(lambda email: grant(raised, grant_type=kind, email=email, code="not-it"), lambda: people)


class Pages:
    """Somebody on the hosted pages, who measures one step after the other."""

    def __init__(self, server):
        redirect = f"http://localhost:3000/{unique('callback')}"
        assert server.request("POST", "/user_management/redirect_uris", {"uri": redirect}).status_code == 201
        self.visitor = Visitor(server)
        query = f"client_id={server.client_id}&redirect_uri={redirect}&response_type=code&provider=authkit"
        self.visitor.open(f"/user_management/authorize?{query}")
        self.journey = re.sub(r"/sign-in.*", "", self.visitor.url)
        self.csrf = next(one["value"] for one in self.visitor.forms[0]["inputs"] if one.get("name") == "csrf")

    def post(self, step, **fields):
        """Sends the form of a step, and answers what came of it, without what differs from page to page."""
        url = f"{self.journey}/{step}"
        response = self.visitor.client.post(url, data={"csrf": self.csrf, **fields}, headers={"origin": self.visitor.origin})
        assert response.status_code < 500, response.text
        return f"{response.status_code} {response.headers.get('location')} {response.text}"


@pytest.fixture(scope="module")
def pages(raised):
    return Pages(raised)


def test_the_email_step_of_the_pages(pages, people):
    compare(lambda email: pages.post("sign-in", email=email), lambda: people)


def test_the_password_step_of_the_pages(pages, people):
    compare(
        lambda email: pages.post("password", password=WRONG_PASSWORD),
        lambda: [people[-1]] * TRIES,
        lambda email: pages.post("sign-in", email=email),
    )


def test_asking_the_pages_for_a_code(pages, people):
    compare(lambda email: pages.post("code/send"), lambda: people, lambda email: pages.post("sign-in", email=email))


def test_a_wrong_code_on_the_pages(pages, people):
    def prepare(email):
        pages.post("sign-in", email=email)
        pages.post("code/send")

    compare(lambda email: pages.post("code", code="000000x"), lambda: people, prepare)


def test_a_forgotten_password_on_the_pages(pages, people):
    compare(lambda email: pages.post("forgotten", email=email), lambda: people)


def test_a_new_account_on_the_pages(pages, people):
    """An address that is taken, and one that is not: both are sent on to the same page."""
    fresh = {"first_name": "New", "last_name": "Person", "password": GOOD_PASSWORD}
    compare(lambda email: pages.post("sign-up", email=email, **fresh), lambda: people)


@contextmanager
def policy(server, **change):
    """Lets people in by other rules, as long as it lasts."""
    usual = server.request("GET", "/vestibule/v1/sign_in_policy").json()
    assert server.request("PUT", "/vestibule/v1/sign_in_policy", change).status_code == 200
    try:
        yield
    finally:
        assert server.request("PUT", "/vestibule/v1/sign_in_policy", {name: usual[name] for name in change}).status_code == 200


def test_a_new_account_by_a_code_on_the_pages(raised, pages, people):
    with policy(raised, password=False):
        compare(lambda email: pages.post("sign-up", email=email, first_name="New", last_name="Person"), lambda: people)


def test_a_place_on_the_waitlist(raised, pages, people):
    with policy(raised, sign_up="waitlist"):
        compare(lambda email: pages.post("waitlist", email=email), lambda: people)


def test_a_code_where_nobody_makes_an_account(raised, pages, people):
    """Those who have no account are mailed nothing, and are told what the others are."""
    with policy(raised, sign_up="closed"):
        compare(lambda email: pages.post("code/send"), lambda: people, lambda email: pages.post("sign-in", email=email))


def test_a_wrong_password_where_nobody_makes_an_account(raised, pages, people):
    with policy(raised, sign_up="closed"):
        compare(
            lambda email: pages.post("password", password=WRONG_PASSWORD),
            lambda: [people[-1]] * TRIES,
            lambda email: pages.post("sign-in", email=email),
        )
