from .lesson_page import lesson_html as lesson_html
from .lesson_page import write_lesson as write_lesson
from .words import english as english
from .words import template as template
from .words import translated as translated
