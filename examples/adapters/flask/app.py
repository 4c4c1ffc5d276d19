from flask import Flask, abort, jsonify, make_response, redirect, request, url_for
from markupsafe import escape

app = Flask(__name__)


@app.route("/")
def hello_world():
    return "<p>Hello, World!</p>"


@app.route("/user/<username>")
def profile(username):
    return f"{escape(username)}'s profile"


@app.route("/me")
def me():
    return redirect(url_for("profile", username="ada"))


@app.post("/login")
def login():
    if request.form.get("password") != "secret":
        abort(401)
    response = make_response(jsonify(welcome=request.form["username"]))
    response.set_cookie("username", request.form["username"])
    return response
