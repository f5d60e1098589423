//! Guides (inventory C010): from nothing to a sign-in with a framework, as steps in the files of `guides/`. A step begins with a line
//! `=== kind title`; `{{issuer}}` and the like stand for what is the reader's own.

/// How an application of some framework is made.
pub(super) struct Guide {
    /// In the address.
    pub slug: &'static str,
    /// What the framework calls itself.
    pub name: &'static str,
    /// The `type` of its application.
    pub kind: &'static str,
    /// Where the sample is opened; empty for what no browser opens.
    pub home: &'static str,
    /// Where people return after signing in.
    pub redirect_uri: &'static str,
    text: &'static str,
}

macro_rules! guide {
    ($slug:literal, $name:literal, $kind:literal, $home:literal, $redirect:literal) => {
        Guide {
            slug: $slug,
            name: $name,
            kind: $kind,
            home: $home,
            redirect_uri: $redirect,
            text: include_str!(concat!("guides/", $slug, ".txt")),
        }
    };
}

/// All of them, those of our own packages first.
pub(super) const GUIDES: [Guide; 10] = [
    guide!("flask", "Flask", "Traditional", "http://localhost:5000/", "http://localhost:5000/sign-in-callback"),
    guide!("django", "Django", "Traditional", "http://localhost:8000/", "http://localhost:8000/sign-in-callback"),
    guide!("fastapi", "FastAPI", "Traditional", "http://localhost:8000/", "http://localhost:8000/sign-in-callback"),
    guide!("express", "Express", "Traditional", "http://localhost:3000/", "http://localhost:3000/callback"),
    guide!(
        "next",
        "Next.js",
        "Traditional",
        "http://localhost:3000/",
        "http://localhost:3000/api/auth/callback/loggia"
    ),
    guide!("react", "React", "SPA", "http://localhost:5173/", "http://localhost:5173/"),
    guide!("vue", "Vue", "SPA", "http://localhost:5173/", "http://localhost:5173/"),
    guide!("go", "Go", "Traditional", "http://localhost:8080/", "http://localhost:8080/callback"),
    guide!("native", "Node.js", "Native", "", "http://127.0.0.1:5555/callback"),
    guide!("machine", "curl", "MachineToMachine", "", ""),
];

/// The guide with this name.
pub(super) fn find(slug: &str) -> Option<&'static Guide> {
    GUIDES.iter().find(|guide| guide.slug == slug)
}

/// What a step of a guide says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Step {
    /// The phrase `get-started.step_{kind}`.
    pub kind: String,
    /// The file that it goes into, if any.
    pub file: String,
    pub text: String,
}

/// What is the reader's own.
pub(super) struct Own<'a> {
    pub endpoint: &'a str,
    pub issuer: &'a str,
    pub app_id: &'a str,
    pub secret: &'a str,
    pub redirect_uri: &'a str,
}

impl Guide {
    /// Whether its application has a secret.
    pub fn has_secret(&self) -> bool {
        matches!(self.kind, "Traditional" | "MachineToMachine")
    }

    /// The steps, with what is the reader's own filled in.
    pub fn steps(&self, own: &Own<'_>) -> Vec<Step> {
        let values = [
            ("{{endpoint}}", own.endpoint),
            ("{{issuer}}", own.issuer),
            ("{{app_id}}", own.app_id),
            ("{{secret}}", own.secret),
            ("{{redirect_uri}}", own.redirect_uri),
            ("{{home}}", self.home),
        ];
        let step = |section: &str| {
            let (head, text) = section.split_once('\n').unwrap_or((section, ""));
            let (kind, file) = head.trim().split_once(' ').unwrap_or((head.trim(), ""));
            let text = values.iter().fold(text.trim_end().to_owned(), |text, (name, value)| text.replace(name, value));
            Step { kind: kind.to_owned(), file: file.to_owned(), text }
        };
        let text = format!("\n{}", self.text);
        text.split("\n=== ").skip(1).map(step).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_guide_names_what_is_the_readers_own() {
        let own = Own {
            endpoint: "https://e.example",
            issuer: "https://i.example",
            app_id: "the-application",
            secret: "the-secret",
            redirect_uri: "https://r.example",
        };
        for guide in &GUIDES {
            let steps = guide.steps(&own);
            let all: String = steps.iter().map(|step| step.text.as_str()).collect();
            assert!(steps.len() > 1 && all.contains("the-application"), "{}", guide.slug);
            assert_eq!(all.contains("the-secret"), guide.has_secret(), "{}", guide.slug);
            for left in ["{{endpoint", "{{issuer", "{{app_id", "{{secret", "{{redirect", "{{home"] {
                assert!(!all.contains(left), "{}: {left}", guide.slug);
            }
            assert!(steps.iter().all(|step| ["install", "settings", "code", "run"].contains(&step.kind.as_str())));
            assert_eq!(find(guide.slug).map(|found| found.slug), Some(guide.slug));
        }
    }
}
