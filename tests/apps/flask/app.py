"""A Flask application with sealed sessions of the Python SDK, as its users write one."""

import os
from functools import wraps

from flask import Flask, abort, g, make_response, redirect, render_template, request
from workos import WorkOSClient
from workos.session import seal_session_from_auth_response

COOKIE_PASSWORD = os.environ["WORKOS_COOKIE_PASSWORD"]
REDIRECT_URI = os.environ["WORKOS_REDIRECT_URI"]
COOKIE = {"httponly": True, "samesite": "Lax", "secure": REDIRECT_URI.startswith("https:")}

app = Flask(__name__)

# WORKOS_API_KEY, WORKOS_CLIENT_ID, WORKOS_BASE_URL and WORKOS_ISSUER come from the environment.
workos = WorkOSClient()


def keep(response, sealed):
    response.set_cookie("wos-session", sealed, **COOKIE)
    return response


def signed_in(view):
    """Lets a request pass that has a session, and renews the session where its access token has expired."""

    @wraps(view)
    def guarded(*args, **kwargs):
        sealed = request.cookies.get("wos-session")
        if not sealed:
            return redirect("/sign-in")
        session = workos.user_management.load_sealed_session(session_data=sealed, cookie_password=COOKIE_PASSWORD)
        g.session, g.auth = session, session.authenticate()
        if g.auth.authenticated:
            return make_response(view(*args, **kwargs))
        g.auth = session.refresh()
        if not g.auth.authenticated:
            reason = getattr(g.auth.reason, "value", g.auth.reason)
            response = make_response(render_template("home.html", reason=reason), 401)
            response.delete_cookie("wos-session")
            return response
        response = make_response(view(*args, **kwargs))
        # A view that changed the session has set its cookie already.
        return response if "Set-Cookie" in response.headers else keep(response, session.session_data)

    return guarded


@app.get("/")
def home():
    return render_template("home.html")


@app.get("/sign-in", defaults={"screen_hint": "sign-in"})
@app.get("/sign-up", defaults={"screen_hint": "sign-up"})
def start(screen_hint):
    begun = workos.user_management.get_authorization_url_with_pkce(
        provider="authkit", redirect_uri=REDIRECT_URI, screen_hint=screen_hint
    )
    response = redirect(begun["url"])
    response.set_cookie("flow", f"{begun['state']}.{begun['code_verifier']}", max_age=600, **COOKIE)
    return response


@app.get("/callback")
def callback():
    state, _, code_verifier = request.cookies.get("flow", "").partition(".")
    if not state or state != request.args.get("state") or "code" not in request.args:
        abort(400)
    answer = workos.user_management.authenticate_with_code(code=request.args["code"], code_verifier=code_verifier)
    sealed = seal_session_from_auth_response(
        access_token=answer.access_token,
        refresh_token=answer.refresh_token,
        user=answer.user.to_dict(),
        impersonator=answer.impersonator.to_dict() if answer.impersonator else None,
        cookie_password=COOKIE_PASSWORD,
    )
    response = keep(redirect("/account"), sealed)
    response.delete_cookie("flow")
    return response


@app.get("/account")
@signed_in
def account():
    return render_template("account.html", auth=g.auth)


@app.post("/switch")
@signed_in
def switch():
    result = g.session.refresh(organization_id=request.form["organization"])
    if not result.authenticated:
        reason = getattr(result.reason, "value", result.reason)
        return render_template("home.html", reason=reason), 403
    return keep(redirect("/account", code=303), result.sealed_session)


@app.post("/sign-out")
@signed_in
def sign_out():
    url = g.session.get_logout_url(return_to=os.environ.get("SIGNED_OUT_URL"))
    response = redirect(url, code=303)
    response.delete_cookie("wos-session")
    return response
