//! Pages: templates with typed contexts, forms, the phrase catalogue.
