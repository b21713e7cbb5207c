import { dialog } from './dialog.js';
import { download } from './download.js';
import { check, fill, select, uncheck } from './forms.js';
import { press, type } from './keyboard.js';
import { back, closeTab, forward, goto, newTab, reload, switchTab } from './navigation.js';
import { screenshot } from './picture.js';
import { click, doubleClick, drag, hover } from './pointer.js';
import { evaluate } from './script.js';
import { scroll } from './scroll.js';
import { upload } from './upload.js';
import { wait } from './waiting.js';
const ACTION_MS = 10_000;
const NAVIGATION_MS = 30_000;
const input = (run, timeoutMs = ACTION_MS) => ({ run, on: 'input', timeoutMs });
const look = (run) => ({ run, on: 'look', timeoutMs: ACTION_MS });
const browser = (run) => ({ run, on: 'browser', timeoutMs: ACTION_MS });
/** Every action. A new one is a handler and a line here. */
export const ACTIONS = {
    goto: input(goto, NAVIGATION_MS),
    back: input(back, NAVIGATION_MS),
    forward: input(forward, NAVIGATION_MS),
    reload: input(reload, NAVIGATION_MS),
    click: input(click),
    doubleClick: input(doubleClick),
    hover: input(hover),
    fill: input(fill),
    type: input(type),
    press: input(press),
    select: input(select),
    check: input(check),
    uncheck: input(uncheck),
    upload: input(upload),
    download: input(download, NAVIGATION_MS),
    drag: input(drag),
    scroll: input(scroll),
    wait: look(wait),
    newTab: input(newTab, NAVIGATION_MS),
    switchTab: browser(switchTab),
    closeTab: browser(closeTab),
    evaluate: input(evaluate),
    dialog: browser(dialog),
    screenshot: look(screenshot),
};
//# sourceMappingURL=handlers.js.map