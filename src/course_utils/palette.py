"""The course's colours: one table for figures and explorables.

The hues are those of Okabe and Ito, which stay apart for colour-blind readers
(https://jfly.uni-koeln.de/color/). `LIGHT` is for light pages and all figures, `DARK` for dark
pages; both reach 3 : 1 against their background for shapes, and the text colours 4.5 : 1.
`explorables/shared/explorable.css` holds the same values as custom properties; a test compares.
"""

LIGHT = {
    "background": "#ffffff",
    "panel": "#f5f6f7",
    "text": "#1c1e21",
    "muted": "#5a6068",
    "rule": "#c9ced4",
    "class-0": "#0072b2",
    "class-1": "#b87400",
    "class-2": "#00805c",
    "class-0-tint": "#cfe5f3",
    "class-1-tint": "#fbe7bf",
    "class-2-tint": "#cdeee2",
    "forward": "#0072b2",
    "backward": "#b94a00",
    "wrong": "#b94a00",
    "focus": "#000000",
}

DARK = {
    "background": "#14181e",
    "panel": "#1f252d",
    "text": "#e8eaed",
    "muted": "#a9b1bb",
    "rule": "#47505b",
    "class-0": "#56b4e9",
    "class-1": "#f0b429",
    "class-2": "#2fc99b",
    "class-0-tint": "#173a52",
    "class-1-tint": "#4a3a12",
    "class-2-tint": "#12463a",
    "forward": "#56b4e9",
    "backward": "#ff8a4c",
    "wrong": "#ff8a4c",
    "focus": "#ffffff",
}
