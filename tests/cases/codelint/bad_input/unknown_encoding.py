# -*- coding: klingon-8 -*-
LIMIT = 10
