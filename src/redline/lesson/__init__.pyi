from .building import page as page
from .building import page_words as page_words
from .telling import PlayedGame as PlayedGame
from .telling import play as play
