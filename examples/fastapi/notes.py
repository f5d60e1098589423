"""The API: access tokens, scopes, organizations, a webhook. Everything here is in Swagger."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Security
from logto.fastapi import webhook
from logto.resource_server import ValidatedToken
from pydantic import BaseModel, Field
from sign_in import auth, settings

router = APIRouter()

notes: list[Note] = []


class NewNote(BaseModel):
    text: str = Field(min_length=1, max_length=500, examples=["Grease the chain"])


class Note(NewNote):
    author: str
    organization: str | None = None


@router.get("/api/notes", tags=["notes"])
async def read_notes(token: Annotated[ValidatedToken, Security(auth.token, scopes=["read:notes"])]) -> list[Note]:
    """The notes that belong to no organization."""
    return [note for note in notes if note.organization is None]


@router.post("/api/notes", status_code=201, tags=["notes"])
async def write_note(new: NewNote, token: Annotated[ValidatedToken, Security(auth.token, scopes=["write:notes"])]) -> Note:
    """Adds a note in the name of whoever the token is for."""
    note = Note(text=new.text, author=token.subject)
    notes.append(note)
    return note


@router.get("/api/organizations/{organization_id}/notes", tags=["notes"])
async def organization_notes(
    organization_id: str, token: Annotated[ValidatedToken, Security(auth.organization_token, scopes=["read:notes"])]
) -> list[Note]:
    """The notes of an organization, for a token of that organization."""
    return [note for note in notes if note.organization == organization_id]


if settings.webhook_key:

    @router.post("/webhooks/logto", status_code=204, tags=["webhooks"])
    async def hook(event: Annotated[dict[str, Any], Depends(webhook(settings.webhook_key))]) -> None:
        """What happened at the server. The signature is checked before this runs."""
        notes.append(Note(text=f"Webhook: {event.get('event')}", author="webhook"))
