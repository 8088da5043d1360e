"""Actions, with the helpers of the official Python SDK in the application that is asked."""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from vestibule import GOOD_PASSWORD, Server, eventually, unique_email
from workos._errors import APIError
from workos.actions import Actions
from workos.common.models import ActionAuthenticationDenied, ActionUserRegistrationDenied
from workos.common.models.action_denied_error_body import ActionDeniedErrorBody
from workos.user_management._resource import PasswordPlaintext

# How frameworks send what the SDK has signed: as it was, with sorted fields (Flask), with letters as they are (FastAPI).
ENCODERS = {
    "plain": json.dumps,
    "flask": lambda answer: json.dumps(answer, sort_keys=True),
    "fastapi": lambda answer: json.dumps(answer, ensure_ascii=False, separators=(",", ":")),
    "pretty": lambda answer: json.dumps(answer, indent=2),
}


class Application:
    """Verifies each question and signs its answer, as the SDK's guide has it."""

    def __init__(self):
        self.secrets, self.questions = {}, []
        self.verdict, self.message, self.encode = "Allow", None, json.dumps
        application = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                kind = self.path[1:]
                actions, secret = Actions(), application.secrets[kind]
                question = actions.construct_action(payload=body, sig_header=self.headers["WorkOS-Signature"], secret=secret)
                application.questions.append(question)
                answer = actions.sign_response(action_type=kind, verdict=application.verdict, error_message=application.message, secret=secret)
                self.send_response(200)
                self.send_header("content-type", "application/json")
                self.end_headers()
                self.wfile.write(application.encode(answer).encode())

            def log_message(self, *_):
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        Thread(target=self.http.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.http.server_address[1]}"


@pytest.fixture(scope="module")
def server():
    running = Server("--webhook-allow-private")
    yield running
    running.stop()


@pytest.fixture
def application(server):
    running = Application()
    for kind in ("authentication", "user_registration"):
        made = server.request("PUT", f"/vestibule/v1/actions/{kind}", {"endpoint_url": f"{running.url}/{kind}"})
        running.secrets[kind] = made.json()["secret"]
    yield running
    for kind in running.secrets:
        server.request("DELETE", f"/vestibule/v1/actions/{kind}")
    running.http.shutdown()


def event_of(workos, name, model, email):
    def found():
        listed = workos.events.list_events(events=[name], limit=100).data
        return next((one for one in listed if isinstance(one, model) and one.data.email == email), None)

    return eventually(found, f"the event {name}")


def sign_in(workos, email):
    return workos.user_management.authenticate_with_password(email=email, password=GOOD_PASSWORD)


def new_user(workos):
    password = PasswordPlaintext(password=GOOD_PASSWORD)
    return workos.user_management.create_user(email=unique_email("asked"), password=password, email_verified=True)


@pytest.mark.parametrize("encoder", ENCODERS)
def test_a_verdict_of_the_sdk_is_understood_however_it_was_sent(workos, application, encoder):
    user = new_user(workos)
    application.encode = ENCODERS[encoder]
    assert sign_in(workos, user.email).user.id == user.id
    question = application.questions[-1]
    assert question["object"] == "authentication_action_context"
    assert question["user"]["id"] == user.id
    application.verdict, application.message = "Deny", 'Geschlossen – 日曜日 😀 "heute"'
    with pytest.raises(APIError) as refused:
        sign_in(workos, user.email)
    assert refused.value.status_code == 403
    body = ActionDeniedErrorBody.from_dict(refused.value.response_json)
    assert (body.code, body.message) == ("action_denied", application.message)
    event = event_of(workos, "action.authentication.denied", ActionAuthenticationDenied, user.email)
    assert event.data.user_id == user.id
    assert event.data.action_execution_id == application.questions[-1]["id"]


def test_a_newcomer_who_is_denied_gets_no_account(workos, application):
    application.verdict, application.message = "Deny", "By invitation."
    email = unique_email("newcomer")
    with pytest.raises(APIError) as refused:
        workos.user_management.create_magic_auth(email=email)
    assert refused.value.status_code == 403
    assert list(workos.user_management.list_users(email=email).data) == []
    question = application.questions[-1]
    assert question["user_data"] == {"object": "user_data", "email": email, "name": None, "first_name": "", "last_name": ""}
    event = event_of(workos, "action.user_registration.denied", ActionUserRegistrationDenied, email)
    assert event.data.action_execution_id == question["id"]
