//! What a `User-Agent` says of browser, engine, system, device and processor, as entries show it (inventory H033). It is a guess at
//! a text that anybody writes: nothing depends on it.

use serde_json::{Map, Value, json};

/// Name and the text before the version; the first that is there counts.
const BROWSERS: [(&str, &str); 12] = [
    ("Edge", "Edg/"),
    ("Edge", "EdgA/"),
    ("Edge", "EdgiOS/"),
    ("Opera", "OPR/"),
    ("Samsung Internet", "SamsungBrowser/"),
    ("WeChat", "MicroMessenger/"),
    ("Firefox", "FxiOS/"),
    ("Firefox", "Firefox/"),
    ("Chrome", "CriOS/"),
    ("Chrome Headless", "HeadlessChrome/"),
    ("Chrome", "Chrome/"),
    ("Safari", "Version/"),
];

const SYSTEMS: [(&str, &str); 8] = [
    ("Windows", "Windows NT "),
    ("iOS", "iPhone OS "),
    ("iOS", "CPU OS "),
    ("macOS", "Mac OS X "),
    ("Android", "Android "),
    ("Chrome OS", "CrOS "),
    ("HarmonyOS", "HarmonyOS "),
    ("Linux", "Linux"),
];

const ENGINES: [(&str, &str); 3] = [("Blink", "Chrome/"), ("WebKit", "AppleWebKit/"), ("Gecko", "rv:")];

const PROCESSORS: [(&str, &str); 7] = [
    ("amd64", "x86_64"),
    ("amd64", "Win64; x64"),
    ("amd64", "WOW64"),
    ("arm64", "aarch64"),
    ("arm64", "arm64"),
    ("ia32", "i686"),
    ("arm", "armv7l"),
];

/// The member `userAgentParsed`.
pub(crate) fn parsed(user_agent: &str) -> Value {
    // Programs that are no browser name none.
    let is_browser = user_agent.starts_with("Mozilla/5.0 (");
    let found = |list: &[(&str, &str)]| {
        if is_browser { named(user_agent, list) } else { Map::new() }
    };
    let mut browser = found(&BROWSERS);
    if let Some(major) = browser.get("version").and_then(Value::as_str).and_then(|text| text.split('.').next()) {
        let major = major.to_owned();
        browser.insert("major".to_owned(), major.into());
    }
    let processor = PROCESSORS.iter().find(|(_, sign)| is_browser && user_agent.contains(sign));
    let cpu = processor.map_or_else(|| json!({}), |(name, _)| json!({"architecture": name}));
    let device = if is_browser { device(user_agent) } else { json!({}) };
    json!({
        "ua": user_agent, "browser": browser, "device": device, "engine": found(&ENGINES), "os": found(&SYSTEMS), "cpu": cpu,
    })
}

/// Browser and system in a few words, such as `Firefox · Linux`; empty for programs that are no browser.
pub(crate) fn in_short(user_agent: &str) -> String {
    let seen = parsed(user_agent);
    let names = ["browser", "os"].into_iter().filter_map(|part| seen.get(part)?.get("name")?.as_str());
    names.collect::<Vec<_>>().join(" · ")
}

/// The first of the list that the text names, with its version.
fn named(user_agent: &str, list: &[(&str, &str)]) -> Map<String, Value> {
    let found = list.iter().find_map(|(name, sign)| Some((name, user_agent.split_once(sign)?.1)));
    let Some((name, rest)) = found else { return Map::new() };
    let version: String = rest.chars().take_while(|c| c.is_ascii_digit() || matches!(c, '.' | '_')).collect();
    let mut members = Map::from_iter([("name".to_owned(), Value::from(*name))]);
    if !version.is_empty() {
        members.insert("version".to_owned(), version.replace('_', ".").into());
    }
    members
}

fn device(user_agent: &str) -> Value {
    let apple = |model: &str, kind: &str| json!({"vendor": "Apple", "model": model, "type": kind});
    if user_agent.contains("iPhone") {
        apple("iPhone", "mobile")
    } else if user_agent.contains("iPad") {
        apple("iPad", "tablet")
    } else if user_agent.contains("Macintosh") {
        json!({"vendor": "Apple", "model": "Macintosh"})
    } else if let Some((_, rest)) = user_agent.split_once("Android ") {
        let kind = if user_agent.contains("Mobile") { "mobile" } else { "tablet" };
        let model = rest.split(')').next().and_then(|platform| platform.split("; ").nth(1));
        let model = model.map(|model| model.split(" Build/").next().unwrap_or(model)).filter(|model| *model != "K");
        model.map_or_else(|| json!({"type": kind}), |model| json!({"model": model, "type": kind}))
    } else {
        json!({})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_are_told_apart_and_programs_name_nothing() {
        let seen = |ua: &str| {
            let mut parsed = parsed(ua);
            assert_eq!(parsed.as_object_mut().unwrap().remove("ua"), Some(ua.into()));
            parsed
        };
        let chrome = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36";
        let expected = json!({
            "browser": {"name": "Chrome", "version": "131.0.0.0", "major": "131"}, "device": {},
            "engine": {"name": "Blink", "version": "131.0.0.0"}, "os": {"name": "Windows", "version": "10.0"},
            "cpu": {"architecture": "amd64"},
        });
        assert_eq!(seen(chrome), expected);
        let iphone = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.1 Mobile/15E148 Safari/604.1";
        let expected = json!({
            "browser": {"name": "Safari", "version": "17.1", "major": "17"},
            "device": {"vendor": "Apple", "model": "iPhone", "type": "mobile"},
            "engine": {"name": "WebKit", "version": "605.1.15"}, "os": {"name": "iOS", "version": "17.1"}, "cpu": {},
        });
        assert_eq!(seen(iphone), expected);
        let firefox = seen("Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0");
        assert_eq!(firefox["browser"]["name"], "Firefox");
        assert_eq!((&firefox["engine"]["name"], &firefox["os"]), (&json!("Gecko"), &json!({"name": "Linux"})));
        let android = seen(
            "Mozilla/5.0 (Linux; Android 14; Pixel 8 Build/X) AppleWebKit/537.36 Chrome/131.0 Mobile Safari/537.36",
        );
        assert_eq!(
            (&android["device"], &android["os"]["version"]),
            (&json!({"model": "Pixel 8", "type": "mobile"}), &json!("14"))
        );
        for program in ["trace-client/1.0", "curl/8.5.0", "", "Chrome/1"] {
            let nothing = json!({"browser": {}, "device": {}, "engine": {}, "os": {}, "cpu": {}});
            assert_eq!(seen(program), nothing, "{program}");
        }
    }
}
