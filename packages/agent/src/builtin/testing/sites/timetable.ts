import type { Site } from '../site.js';

/** A page that is one table, as railways have them: times, changes, a column of yes and no. */
export const TIMETABLE: Site = {
  '/': `<!doctype html><title>Departures from Northgate</title><h1>Northgate</h1>
    <p>All times are local. Updated on 22 November 2026.</p>
    <table><caption>Trains today</caption>
    <thead><tr><th>Train</th><th>To</th><th>Departs</th><th>Arrives</th><th>Changes</th><th>Wifi</th><th>Fare</th></tr></thead><tbody>
    <tr><th scope="row">N 12</th><td>Leeds</td><td>08:15</td><td>09:40</td><td>0</td><td>yes</td><td>£18.40</td></tr>
    <tr><th scope="row">N 31</th><td>York</td><td>09:05</td><td>10:20</td><td>1</td><td>no</td><td>£14.00</td></tr>
    <tr><th scope="row">N 14</th><td>Leeds</td><td>11:15</td><td>12:45</td><td>0</td><td>no</td><td>£12.10</td></tr>
    <tr><th scope="row">N 77</th><td>Hull</td><td>13:50</td><td>16:05</td><td>2</td><td>yes</td><td>£21.00</td></tr>
    <tr><th scope="row">N 16</th><td>Leeds</td><td>17:15</td><td>18:45</td><td>0</td><td>yes</td><td>£22.60</td></tr></tbody></table>
    <table><caption>Ticket office</caption><tr><th>Opens</th><td>06:30</td></tr><tr><th>Closes</th><td>21:00</td></tr><tr><th>Telephone</th><td>01632 960 001</td></tr></table>`,
};
