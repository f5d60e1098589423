// Serves the single-page application.
import { fileURLToPath } from 'node:url';
import express from 'express';

const { CLIENT_ID, ISSUER, ORGANIZATION_ID, PORT, RESOURCE } = process.env;
const file = (name) => fileURLToPath(import.meta.resolve(name));
const app = express();
app.get('/settings.json', (request, response) => response.json({ CLIENT_ID, ISSUER, ORGANIZATION_ID, RESOURCE }));
app.get('/oidc-client-ts.js', (request, response) => response.sendFile(file('oidc-client-ts')));
app.get('/jwt-decode.js', (request, response) => response.sendFile(file('jwt-decode')));
app.use(express.static(import.meta.dirname));
app.use((request, response) => response.sendFile(`${import.meta.dirname}/index.html`));
app.listen(Number(PORT), 'localhost');
