//! Wire types of the REST APIs, shared by the server and the client.
