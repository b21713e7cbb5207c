// The theme that loads no fonts: those of the reader's machine are as good, and there at once.
import Theme from 'vitepress/theme-without-fonts';
import './style.css';

export default Theme;
