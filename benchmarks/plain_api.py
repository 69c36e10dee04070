"""The peer of api.py: FastAPI as its tutorial has it, over one table.

plain_api.py DATABASE_URL PORT ROWS TOKENS
"""

import sqlite3
import sys
import threading
import time
from typing import Annotated, Any

import psycopg
import uvicorn
from fastapi import Depends, FastAPI, Header, HTTPException
from pydantic import BaseModel

URL, PORT, ROWS, TOKENS = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
LITE = URL.startswith("sqlite")
MARK = "?" if LITE else "%s"
LEASE_S = 300.0
TITLE = "Remove unused imports"
local = threading.local()
app = FastAPI()


class Claim(BaseModel):
    lanes: list[str] = []
    wait_s: float = 0


class Task(BaseModel):
    id: int
    lane: str
    title: str
    status: str
    attempt: int
    created_at: float


class Lease(BaseModel):
    token: str
    expires_at: float


class Claimed(BaseModel):
    task: Task | None
    lease: Lease | None = None


class Check(BaseModel):
    lease_token: str


class Status(BaseModel):
    status: str
    attempt: int


def connection() -> Any:
    if not hasattr(local, "db"):
        if LITE:
            local.db = sqlite3.connect(URL.removeprefix("sqlite:///"), timeout=30, isolation_level=None)
            local.db.execute("PRAGMA journal_mode=WAL")
            local.db.execute("PRAGMA synchronous=FULL")
        else:
            local.db = psycopg.connect(URL, autocommit=True)
    return local.db


def caller(authorization: Annotated[str, Header()] = "") -> str:
    token = authorization.removeprefix("Bearer ")
    sql = f"SELECT subject FROM token WHERE text = {MARK} AND expires_at > {MARK}"
    found = connection().execute(sql, (token, time.time())).fetchone()
    if found is None:
        raise HTTPException(401, "unknown token")
    subject: str = found[0]
    return subject


@app.get("/health")
def health() -> dict[str, str]:
    return {"status": "ok"}


@app.post("/v1/tools/claim_task")
def claim(body: Claim, who: Annotated[str, Depends(caller)]) -> Claimed:
    skip = "" if LITE else "FOR UPDATE SKIP LOCKED"
    now = time.time()
    row = (
        connection()
        .execute(
            f"UPDATE task SET status = 'in_progress', worker = {MARK}, expires_at = {MARK}, attempt = 1"
            f" WHERE id = (SELECT id FROM task WHERE status = 'pending' ORDER BY id LIMIT 1 {skip})"
            " RETURNING id, lane, title, status, attempt, created_at",
            (who, now + LEASE_S),
        )
        .fetchone()
    )
    if row is None:
        return Claimed(task=None)
    task = Task(id=row[0], lane=row[1], title=row[2], status=row[3], attempt=row[4], created_at=row[5])
    return Claimed(task=task, lease=Lease(token=str(row[0]), expires_at=now + LEASE_S))


@app.post("/v1/tools/check_task_status")
def check(body: Check, who: Annotated[str, Depends(caller)]) -> Status:
    sql = f"SELECT status, attempt FROM task WHERE id = {MARK}"
    row = connection().execute(sql, (int(body.lease_token),)).fetchone()
    return Status(status=row[0], attempt=row[1])


def fill() -> None:
    db, key = connection(), "INTEGER PRIMARY KEY" if LITE else "BIGSERIAL PRIMARY KEY"
    real = "REAL" if LITE else "DOUBLE PRECISION"
    db.execute(
        f"CREATE TABLE task (id {key}, lane TEXT, title TEXT, status TEXT, worker TEXT, attempt INTEGER,"
        f" expires_at {real}, created_at {real})"
    )
    db.execute("CREATE INDEX task_ready ON task (id) WHERE status = 'pending'")
    db.execute(f"CREATE TABLE token (text TEXT PRIMARY KEY, subject TEXT, expires_at {real})")
    db.execute("BEGIN")
    for number in range(TOKENS):
        db.execute(
            f"INSERT INTO token VALUES ({MARK}, {MARK}, {MARK})",
            (f"token-{number}", f"worker {number}", time.time() + 86_400),
        )
    for _ in range(ROWS):
        db.execute(
            f"INSERT INTO task (lane, title, status, attempt, created_at)"
            f" VALUES ('backend', '{TITLE}', 'pending', 0, {MARK})",
            (time.time(),),
        )
    db.execute("COMMIT")


if __name__ == "__main__":
    fill()
    uvicorn.run(app, port=PORT, log_level="warning", access_log=False)
