// Times in the reader's own zone; the exact UTC stays in the title.

// The page's language in the reader's own flavour of it: en-GB has other times than en-US.
const page = document.documentElement.lang;
const locale = navigator.languages.find((l) => l.split("-")[0] === page) ?? page;

const clock = new Intl.DateTimeFormat(locale, { hour: "numeric", minute: "2-digit" });
const full = new Intl.DateTimeFormat(locale, {
  weekday: "short", day: "numeric", month: "short", year: "numeric",
  hour: "numeric", minute: "2-digit", second: "2-digit",
});
const day = new Intl.DateTimeFormat(locale, { weekday: "long", day: "numeric", month: "long" });
const oldDay = new Intl.DateTimeFormat(locale, { day: "numeric", month: "long", year: "numeric" });

const weekday = new Intl.DateTimeFormat(locale, { weekday: "short", hour: "numeric", minute: "2-digit" });
const dated = new Intl.DateTimeFormat(locale, { day: "numeric", month: "short", hour: "numeric", minute: "2-digit" });

const near = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });

export function dayWords(date, now = new Date()) {
  const midnight = (d) => new Date(d.getFullYear(), d.getMonth(), d.getDate());
  const days = Math.round((midnight(now) - midnight(date)) / 864e5);
  const words = days === 0 || days === 1
    ? near.format(-days, "day")
    : (days > 300 ? oldDay : day).format(date);
  return words[0].toLocaleUpperCase(locale) + words.slice(1);
}

export function clockWords(date) {
  return clock.format(date);
}

export function clockTimes(root) {
  for (const time of root.querySelectorAll("time")) time.textContent = clock.format(new Date(time.dateTime));
}

export function fullTimes(root) {
  for (const time of root.querySelectorAll("time")) time.textContent = full.format(new Date(time.dateTime));
}

export function shortTimes(root) {
  for (const time of root.querySelectorAll("time")) {
    const date = new Date(time.dateTime);
    time.textContent = `${dayWords(date)}, ${clock.format(date)}`;
  }
}

// The clock alone today, the day of the week beside it in the last days, else the date.
export function nearTimes(root, now = new Date()) {
  for (const time of root.querySelectorAll("time")) {
    const date = new Date(time.dateTime);
    const days = Math.abs(now - date) / 864e5;
    const style = date.toDateString() === now.toDateString() ? clock : days < 6 ? weekday : dated;
    time.textContent = style.format(date);
  }
}

export function lengthWords(seconds) {
  const s = Math.max(0, Math.floor(seconds));
  const two = (n) => String(n).padStart(2, "0");
  const rest = `${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`;
  return s >= 3600 ? `${Math.floor(s / 3600)}:${rest}` : rest.replace(/^0/, "");
}
