"""The native module: a binding over the Rust SDK."""

from typing import FrozenSet, List, Optional, Tuple, final

from ._connection import ConnectionSettings
from .Storage import Storage

__all__ = [
    "Core",
    "ManagementConnection",
    "Operation",
    "PresentedToken",
    "Provider",
    "Validator",
    "ValueCipher",
    "challenge",
    "decode",
    "random_text",
    "set_time_ahead",
]

def random_text() -> str: ...
def challenge(verifier: str) -> str: ...
def decode(token: str) -> str: ...
def set_time_ahead(milliseconds: int) -> None: ...

@final
class ValueCipher:
    def __new__(cls, secret: str) -> ValueCipher: ...
    def encrypt(self, name: str, value: bytes) -> str: ...
    def decrypt(self, name: str, stored: str) -> Optional[bytes]: ...

@final
class Operation:
    @property
    def needs_no_io(self) -> bool: ...
    @property
    def lock_key(self) -> Optional[str]: ...
    def run(self) -> None: ...
    def save(self, storage: Storage) -> Optional[str]: ...

@final
class Core:
    def __new__(
        cls,
        *,
        endpoint: str,
        app_id: str,
        app_secret: Optional[str],
        prompt: str,
        resources: List[str],
        scopes: List[str],
        leeway: int,
        timeout: float,
        match_path_only: bool,
        ca_file: Optional[str],
        proxy: Optional[str],
        allow_insecure_http: bool,
        refresh_ahead: int,
    ) -> Core: ...
    def verify_logout_token(self, token: str) -> str: ...
    def discover(self) -> Tuple[Provider, str]: ...
    def sign_in(
        self,
        *,
        redirect_uri: str,
        interaction_mode: Optional[str],
        first_screen: Optional[str],
        identifiers: List[str],
        direct_sign_in: Optional[Tuple[str, str]],
        extra_params: List[Tuple[str, str]],
    ) -> Operation: ...
    def handle_callback(self, storage: Storage, uri: str) -> Operation: ...
    def access_token(self, storage: Storage, key: str) -> Operation: ...
    def user_info(self, storage: Storage) -> Operation: ...
    def id_token_claims(self, storage: Storage) -> Operation: ...
    def sign_out(self, storage: Storage, post_logout_redirect_uri: Optional[str] = None) -> Operation: ...

@final
class ManagementConnection:
    def __new__(
        cls, *, endpoint: str, app_id: str, app_secret: str, resource: str, scope: str, connection: ConnectionSettings
    ) -> ManagementConnection: ...
    def send(self, method: str, path: str, body: Optional[str] = None) -> Tuple[int, str, Optional[str]]: ...

@final
class Provider:
    def __new__(cls, metadata: str, connection: ConnectionSettings) -> Provider: ...
    @staticmethod
    def discover(url: str, connection: ConnectionSettings) -> str: ...
    @staticmethod
    def find_resource(
        resource: str, challenge: Optional[str], connection: ConnectionSettings
    ) -> Optional[Tuple[str, List[str], List[str]]]: ...
    def token_by_code(
        self, *, client_id: str, client_secret: Optional[str], redirect_uri: str, code: str, code_verifier: str
    ) -> str: ...
    def token_by_refresh(self, *, client_id: str, client_secret: Optional[str], refresh_token: str, key: str) -> str: ...
    def verify_id_token(self, token: str, *, client_id: str, leeway: int) -> None: ...
    def user_info(self, access_token: str) -> str: ...

@final
class PresentedToken:
    @property
    def claims(self) -> str: ...
    @property
    def subject(self) -> str: ...
    @property
    def client_id(self) -> Optional[str]: ...
    @property
    def scopes(self) -> FrozenSet[str]: ...
    @property
    def audience(self) -> str: ...
    @property
    def organization_id(self) -> Optional[str]: ...
    @property
    def expires_at(self) -> int: ...

@final
class Validator:
    def __new__(
        cls,
        *,
        endpoint: str,
        audiences: List[str],
        algorithms: List[str],
        leeway: int,
        timeout: float,
        ca_file: Optional[str],
        proxy: Optional[str],
        allow_insecure_http: bool,
        client_id: str,
        client_secret: Optional[str],
    ) -> Validator: ...
    @property
    def clock_offset(self) -> Optional[int]: ...
    def validate(
        self, token: str, scopes: List[str], organization: Optional[str], any_organization: bool, wait: bool
    ) -> Optional[PresentedToken]: ...
